"""The Exercises page: the list, the exercise that is open, its answer, its picture, and what is said of both."""
