"""The time of one training step: rates, work of a microbatch, stages, messages, and their sum."""
