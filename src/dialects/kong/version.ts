/** The Kong release whose behaviour this dialect has, and as which it introduces itself to clients that ask. */
export const kongVersion = '3.9.3'
