"""The methods: what each finds is exact unless its name says otherwise."""

__all__: list[str] = []
