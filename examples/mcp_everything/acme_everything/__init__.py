"""Operations that use everything that MCP offers."""
