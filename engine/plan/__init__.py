"""Planning: one walk in dependency order — evaluate, choose, lower, diff — and the execution graph it ends in.

`walk` leads; each other module is one pure stage it calls. Nothing here mutates a cloud or writes a store.
"""
