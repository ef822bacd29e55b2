"""How many samples an update looks at: epochs cut into batches, what noise that makes, what a larger batch buys."""
