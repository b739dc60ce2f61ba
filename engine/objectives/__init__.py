"""What can be trained for. One file an objective, each with `run(job)`, which `engine.loop` drives."""
