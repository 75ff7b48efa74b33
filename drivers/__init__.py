"""Clouds. ``sdk`` is what a driver author sees; every other package is one cloud. Drivers never import each other."""
