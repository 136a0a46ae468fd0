"""Reading from addresses: how the network is reached, who we are there, what an answer may cost, and how it fails."""
