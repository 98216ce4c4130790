"""The architecture as tests: what may import what, and what no file may say."""
