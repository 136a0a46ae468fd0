"""Reading URLs: how the network is reached, with which login, within which limits, and how reading fails."""
