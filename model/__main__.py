"""`python -m model` is `standpoint`."""

from model.cli import main

main(prog_name="python -m model")
