"""The 2-2-2 network: its forward and backward pass, number by number, and its training."""
