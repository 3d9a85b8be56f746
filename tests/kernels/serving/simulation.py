"""A replica under Poisson arrivals, event by event: prompts first, one at a time, then a token for every sequence."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit
def replica(rate, output_tokens, lone, slope, prefill, most, requests, seed):
    """Mean sequences on the replica, mean time to the first token, and the share of time with any request.

    A pass with n sequences takes lone + slope (n - 1); the first token of a request comes with its prompt.
    """
    np.random.seed(seed)
    arrivals = np.cumsum(np.random.exponential(1 / rate, requests))
    left = np.zeros(int(most) + 1)
    clock = waited = sequences = busy = 0.0
    running = head = done = 0
    while done < requests:
        if running == 0 and head < requests and arrivals[head] > clock:
            clock = arrivals[head]
        while head < requests and arrivals[head] <= clock and running < most:
            clock += prefill
            sequences += (running + 1) * prefill
            busy += prefill
            waited += clock - arrivals[head]
            left[running] = output_tokens
            running += 1
            head += 1
        step = lone + slope * (running - 1)
        clock += step
        sequences += running * step
        busy += step
        place = 0
        while place < running:
            left[place] -= 1.0
            if left[place] <= 0.0:
                running -= 1
                left[place] = left[running]
                done += 1
            else:
                place += 1
    return sequences / clock, waited / requests, busy / clock
