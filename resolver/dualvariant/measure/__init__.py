"""Which of several ways to do the same is faster: runs in turns, and a confidence interval for each comparison.

``intervals`` is the statistics of paired measurements, ``comparison`` says who is faster and when nobody is, both pure;
``turns`` runs the contenders. What is run, and in which environment, is the caller's matter.
"""
