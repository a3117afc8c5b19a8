"""The only place with sockets, other programs and files that last: adapters of `doorward.ports`.

Takes settings as values and addresses; gives bytes, checked as the port promises. Refuses to read
the environment, to print, and to run anything that came from outside. May read the clock.
"""
