"""What stands at a path of the configuration. A path that the system refuses to look at has nothing, as far as the configuration goes."""

from collections.abc import Callable
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether a file stands at a path."""
    return _asked(path.is_file)


def is_folder(path: Path) -> bool:
    """Whether a folder stands at a path."""
    return _asked(path.is_dir)


def what_is(path: Path) -> str:
    """Return what stands at a path where a file is expected, in a message's words."""
    return "a folder" if is_folder(path) else "none"


def _asked(look: Callable[[], bool]) -> bool:
    """Return what a look at a path says. The system may refuse it: a folder may not be searched, a name may be too long."""
    try:
        return look()
    except OSError:
        return False
