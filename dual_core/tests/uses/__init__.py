"""Ordinary uses of dual_autodiff: small programs, each with an independent truth, or with the words of its refusal."""
