import{a as n}from"./part-SS4XTB2Q.js";var s=self;s.onmessage=a=>{let{number:o,count:r,edges:t}=a.data,e=n(r,t);s.postMessage({number:o,layout:e},[e.x.buffer,e.y.buffer])};
