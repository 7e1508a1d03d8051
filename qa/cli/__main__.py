"""``python -m qa.cli``."""

from qa.cli.commands import main

if __name__ == "__main__":
    main()
