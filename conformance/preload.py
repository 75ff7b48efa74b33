"""What a process that applies will import anyway, imported once in the server that such processes are forked from."""

import jinja2
import jsonschema
import networkx
import yaml

import mcflow.engine.apply
import mcflow.engine.run
import mcflow.engine.saved
import mcflow.state

__all__ = ["jinja2", "jsonschema", "mcflow", "networkx", "yaml"]
