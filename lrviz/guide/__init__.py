"""Which schedule to use: questions, rules that are data, what they advise, and a trial of it."""
