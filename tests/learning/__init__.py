"""Is what sqlx learns of a server true, and the same every time?"""
