"""What a plan must do at least, without searching for one."""

__all__: list[str] = []
