"""What the commands do, a group a file; `gateway/cli.py` lists them. Each imports what it needs when it runs."""
