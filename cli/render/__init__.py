"""What people and programs see: pure functions from the model's nouns to lines of text or JSON.

Nothing here reads options, calls the engine or knows where its lines go; `paint` is the one place that makes escape codes.
"""
