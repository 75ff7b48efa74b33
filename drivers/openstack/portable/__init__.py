"""How portable types become OpenStack's."""
