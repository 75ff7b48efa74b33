"""How portable types become AWS natives, and how selectors are answered from AWS's catalog.

Belongs here: lowerings (pure, they only add) and choosers. A call of the API that changes something does not.
"""
