"""The parallel layout of training: rules, memory, communication, time of a step, and the best of the candidates."""
