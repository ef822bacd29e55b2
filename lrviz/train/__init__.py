"""Real small trainings: their data, nets and one batched loop. What only describes them here is free of torch."""
