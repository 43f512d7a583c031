"""Several processes as one: the supervisor's side and the worker's side of what they tell each other."""
