"""botocore's descriptions of services, read quickly: EC2's is nine megabytes of JSON, and every command that calls it reads them."""

from __future__ import annotations

import gzip
import os
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

_FORMS = (".json", ".json.gz")


class Files:
    """What botocore's loader asks for a file's content, by its path without the ending. What is read is as botocore's own reader gives
    it, but for plain dicts, which keep the order as well."""

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file in either form."""
        return any(os.path.isfile(file_path + form) for form in _FORMS)

    def load_file(self, file_path: str) -> Any:
        """The content, None if there is no such file. Raises ValueError for what is not JSON."""
        for form in _FORMS:
            if os.path.isfile(file_path + form):
                data = Path(file_path + form).read_bytes()
                return msgspec.json.decode(gzip.decompress(data) if form.endswith(".gz") else data)
        return None


@cache
def loader(data_path: str | None) -> Any:
    """botocore's loader, one for all connections. ``data_path``: further folders to look in, as in AWS_DATA_PATH."""
    from botocore.loaders import Loader

    places = [os.path.expanduser(os.path.expandvars(each)) for each in (data_path or "").split(os.pathsep) if each]
    files: Any = Files()
    return Loader(extra_search_paths=places, file_loader=files)
