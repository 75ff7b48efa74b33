"""Serve one OpenStack WSGI application: python -m oslab.serve NAME MODULE HOST:PORT [oslo.config args].

Several of the projects hand the whole of sys.argv to oslo.config while they are imported, so an ordinary
WSGI server's own command line would be refused. This sets argv to what the service expects and then serves
it from one process with a few threads (waitress has no master process, which halves the process count).
"""
import importlib
import logging
import sys


def main():
    name, module, bind = sys.argv[1:4]
    threads = 8
    sys.argv = [name, *sys.argv[4:]]
    app = importlib.import_module(module).application
    import waitress
    logging.getLogger("waitress").setLevel(logging.ERROR)
    waitress.serve(app, listen=bind, threads=threads, ident=name, channel_timeout=300)


if __name__ == "__main__":
    main()
