import type { oas31 } from "openapi-types";
