/** Set by the server in front of the routes, which removes what a client sent by that name. */
export const ADDRESS_HEADER = "x-loudhailer-address";
