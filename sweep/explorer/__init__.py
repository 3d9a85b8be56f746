"""A run in a browser of this machine: linked pictures over its own part files, which are only read."""
