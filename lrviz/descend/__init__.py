"""What becomes of a start, a surface, a rule and a table of rates: paths, maps, and why a run diverged."""
