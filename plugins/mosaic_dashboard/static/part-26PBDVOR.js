var t=class extends Error{constructor(e){super(e.what);this.problem=e}problem};export{t as a};
