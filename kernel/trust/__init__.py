"""Who may say what: SSH keys, signatures, signed statements about a plan, and the policy that counts them.

`keys` are files, `sshsig` signs and verifies bytes, `allowed` knows the people, `envelope` binds a statement to a plan,
`policy` judges. Nothing here reads a clock: the time is always an argument.
"""
