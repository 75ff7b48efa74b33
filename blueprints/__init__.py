"""Shipped recipes: one folder each, blueprint and connections. Each runs in the tests on the rehearsal cloud. No code lives here."""
