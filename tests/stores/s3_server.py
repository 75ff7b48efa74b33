"""S3 for tests: moto's server, its requests that write done one at a time, since moto looks first and writes then.

    python tests/stores/s3_server.py --ready-file F --bucket NAME [--bare]

``--bare``: the header If-None-Match is taken out of every request, as services do that know nothing of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from tests.stores.wrapping import Environ, Wrapper, serve


class Handler(MotoRequestHandler):
    """moto's request handler, silent, with connections that stay open."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def deaf(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, which never sees a condition."""
    def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        environ.pop("HTTP_IF_NONE_MATCH", None)
        return app(environ, start)

    return answer


def main() -> None:
    """Serve until killed."""
    import moto.s3.models as models

    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--bare", action="store_true")
    asked = parser.parse_args()
    models.s3_backends["123456789012"]["aws"].create_bucket(asked.bucket, "ap-northeast-2")
    moto = DomainDispatcherApplication(create_backend_app)
    app = Wrapper(deaf(moto) if asked.bare else moto, lambda environ: environ.get("HTTP_IF_NONE_MATCH") == "*")
    serve(app, asked.ready_file, Handler)


if __name__ == "__main__":
    main()
