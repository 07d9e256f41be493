"""`python -m mobility`: the command line."""

from mobility.cli import main

main()
