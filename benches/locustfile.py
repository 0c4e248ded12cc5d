"""A plain GET for Locust, with its fast client.

In: THINK, seconds between requests, in the environment. Out: load on `--host`. Checks nothing but the status.
"""

import os

from locust import FastHttpUser, constant, task


class Plain(FastHttpUser):
    wait_time = constant(float(os.environ.get("THINK", "0")))

    @task
    def get(self):
        self.client.get("/")
