"""The closed-world oracle: which requests there are, worked out a second time from AWS's own lists.

It shares two things with the prover: the IAM evaluator and AWS's documents (the action data and CloudFormation's
schemas). Which requests reach a tenant's data, which ARNs and context keys they can have, and what a type's ARN is, it
works out by itself.
"""
