"""How a simulation begins with a live state: work in progress, machines, transit.

`conditions` reads a state in the words of a network, `residuals` draws what is left of
all that has begun; both engines take what these found.
"""

__all__: list[str] = []
