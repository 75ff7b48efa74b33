"""The seam to the file system: every write, sync, rename and lock of a state goes through one `Files`, so that faults can be injected.

What differs between platforms is settled here and nowhere else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import sys
from pathlib import Path

_PRIVATE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class UnsafeFileError(OSError):
    """A file (or folder) is not what a state's own would be: a link, a pipe, somebody else's, or open to others. ``problem`` says which."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class Files:
    """Plain file operations; each raises OSError as the system does. Wrap or subclass it to make disks fail."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """A descriptor; links are not followed and pipes do not block."""
        return os.open(path, flags | _PRIVATE, mode)

    def write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        return os.pwrite(fd, data, offset)

    def sync(self, fd: int) -> None:
        """The file's bytes and length are on the disk when this returns."""
        if sys.platform == "darwin":
            # fsync there only reaches the drive's cache.
            try:
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            except OSError:
                # Some file systems have only this.
                os.fsync(fd)
        else:
            os.fdatasync(fd)

    def sync_folder(self, path: Path) -> None:
        """Names made, renamed or removed in the folder are on the disk when this returns."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def truncate(self, fd: int, length: int) -> None:
        os.ftruncate(fd, length)

    def rename(self, old: Path, new: Path) -> None:
        os.replace(old, new)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def names(self, path: Path) -> list[str]:
        """Names in a folder, sorted; none if there is no such folder."""
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def mkdir(self, path: Path) -> None:
        os.mkdir(path, 0o700)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it that are missing, each 0700 whatever the umask says, durably."""
        if path.is_dir():
            return
        self.make_folder(path.parent)
        try:
            self.mkdir(path)
        except FileExistsError:
            # Another process was quicker, or something else is there; what it is, is checked before it is used.
            return
        self.sync_folder(path.parent)

    def keep_folder(self, path: Path, within: Path | None = None) -> None:
        """Make the names of a folder, and of those above it (up to ``within``, else all that this user may have made), durable: whoever
        made them may have been killed before it did. For when something first comes to depend on them."""
        folder, end = path.absolute(), within.absolute() if within else None
        while folder not in (end, folder.parent) and os.access(folder.parent, os.W_OK):
            folder = folder.parent
            self.sync_folder(folder)

    def lock(self, fd: int, *, shared: bool = False) -> bool:
        """Lock without waiting; False if somebody else has it. The lock ends with the descriptor, hence with the process."""
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def write_all(files: Files, fd: int, data: bytes) -> None:
    """Write every byte, however few the system takes at a time."""
    left = memoryview(data)
    while left:
        left = left[files.write(fd, bytes(left) if len(left) != len(data) else data):]


def write_all_at(files: Files, fd: int, data: bytes, offset: int) -> None:
    """Like `write_all`, at a place in the file."""
    while data:
        written = files.write_at(fd, data, offset)
        data, offset = data[written:], offset + written


def open_private(files: Files, path: Path, flags: int) -> int:
    """A descriptor of a state's file. Raises UnsafeFileError for anything but our own private plain file, FileNotFoundError if there is
    none (and the flags do not make one).
    """
    try:
        fd = files.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as fault:
        if path.is_symlink():
            raise UnsafeFileError(path, "is a symbolic link") from fault
        if path.exists() and not path.is_file():
            raise UnsafeFileError(path, "is not a plain file") from fault
        raise
    try:
        check_private(path, os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def read_private(files: Files, path: Path) -> bytes | None:
    """The bytes of a state's file, None if there is none. Raises as `open_private`."""
    try:
        fd = open_private(files, path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb") as stream:
        return stream.read()


def check_private(path: Path, found: os.stat_result) -> None:
    """Raises UnsafeFileError unless it is a plain file of this user that nobody else can read or write."""
    if not stat.S_ISREG(found.st_mode):
        raise UnsafeFileError(path, "is not a plain file")
    if found.st_uid != os.geteuid():
        raise UnsafeFileError(path, "belongs to another user")
    if found.st_mode & 0o077:
        raise UnsafeFileError(path, f"can be used by others (mode {stat.S_IMODE(found.st_mode):04o})")


def check_folder(path: Path) -> None:
    """Raises UnsafeFileError if the path is there and is not a real folder of this user that only this user can change."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise UnsafeFileError(path, "is a symbolic link")
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafeFileError(path, "is not a folder")
    if found.st_uid != os.geteuid():
        raise UnsafeFileError(path, "belongs to another user")
    if found.st_mode & 0o022:
        raise UnsafeFileError(path, f"can be changed by others (mode {stat.S_IMODE(found.st_mode):04o})")


def write_whole(files: Files, path: Path, data: bytes) -> None:
    """Replace a file as a whole and durably: temporary file, sync, rename, sync of the folder. Leaves the old one where it fails."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    # What other processes left half-written goes when the lease is taken: see stores/leavings.
    with contextlib.suppress(FileNotFoundError):
        files.unlink(temporary)
    try:
        fd = files.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            write_all(files, fd, data)
            files.sync(fd)
        finally:
            os.close(fd)
        files.rename(temporary, path)
    except OSError:
        # What went wrong first is what is told.
        with contextlib.suppress(OSError):
            files.unlink(temporary)
        raise
    files.sync_folder(path.parent)
