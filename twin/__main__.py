"""`millstream` and `python -m twin`: the command line."""

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from twin.cli.app import run  # noqa: PLC0415  # keeps `import twin.__main__` light

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
