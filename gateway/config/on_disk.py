"""Says what is at a path of the configuration. If the system refuses to look at a path, the path counts as empty."""

from collections.abc import Callable
from pathlib import Path


def is_file(path: Path) -> bool:
    """Return whether there is a file at a path."""
    return _asked(path.is_file)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder at a path."""
    return _asked(path.is_dir)


def what_is(path: Path) -> str:
    """Return the word for a message that expected a file at this path: `a folder` or `none`."""
    return "a folder" if is_folder(path) else "none"


def _asked(look: Callable[[], bool]) -> bool:
    """Return the result of `look`, or False if the system refuses: the folder is not readable, or the name is too long."""
    try:
        return look()
    except OSError:
        return False
