"""The pieces of the batches page that are its own: controls, picture, numbers and tabs, each with every view in it."""
