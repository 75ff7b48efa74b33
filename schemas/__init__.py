"""JSON Schemas: the only description of what a blueprint may say, of plans, states and events. No behaviour but looking them up and checking."""
