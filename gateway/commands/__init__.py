"""The functions of the commands, a file for each group. `gateway/cli.py` lists them. A command imports its modules when it runs."""
