"""What runs models, one a module, by `load`. May know all of `models` but the fleet."""
