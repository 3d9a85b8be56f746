"""Mutated inputs for every parser of what users and other programs hand in: each is taken, or refused in one line."""
