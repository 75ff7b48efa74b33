"""OpenStack's native types: what one call of a service's API makes."""
